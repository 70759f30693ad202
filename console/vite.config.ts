import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

// Development speaks to a running API (HENGJIAN_URL), or to the mock started by `npm run mock`.
const api = process.env.HENGJIAN_URL ?? 'http://127.0.0.1:8790'

export default defineConfig({
  plugins: [vue()],
  define: { __VUE_OPTIONS_API__: 'false', __VUE_I18N_LEGACY_API__: 'false', __INTLIFY_PROD_DEVTOOLS__: 'false' },
  server: { host: '127.0.0.1', proxy: { '/v1': { target: api } } },
  build: {
    // The oldest Chromium on government desktops: the last one for Windows 7.
    target: ['chrome109', 'firefox115', 'safari16'],
    // `default-src 'self'` forbids data: addresses, so nothing is inlined as one.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 300,
  },
})
