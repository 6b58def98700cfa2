// Words in the page's language.
import en from "./en.mjs"
import { VIEW_TEXTS } from "./views.mjs"
import { WINDOW_TEXTS } from "./window.mjs"

const language = (locale) => (locale.toLowerCase().startsWith("zh") ? "zh" : "en")
export const viewTexts = (locale) => VIEW_TEXTS[language(locale)]
export function texts(locale) {
  const table = { ...en, ...WINDOW_TEXTS[language(locale)] }
  return (key, values = {}) => (table[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole)
}
