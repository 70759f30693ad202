import { ref } from 'vue'

/** Whether the list of shortcuts is open; any place may open it. */
export const shortcutsHelpOpen = ref(false)
