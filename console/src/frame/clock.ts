import { readonly, ref } from 'vue'

/** One clock for all ages on the page, moving every 20 s. */
const moment = ref(new Date())
setInterval(() => (moment.value = new Date()), 20_000)
export const now = readonly(moment)
