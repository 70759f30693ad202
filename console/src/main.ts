import { createApp } from 'vue'
import { findKey } from './access/key'
import App from './App.vue'
import { applyTheme, theme } from './frame/theme'
import { i18n } from './languages'
import { makeRouter } from './router'
import './styles.css'

findKey()
applyTheme(theme.value)
createApp(App).use(i18n).use(makeRouter()).mount('#app')
