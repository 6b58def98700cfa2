// Words of the editor in its user's language.

import en from "./en.mjs"
import zh from "./zh.mjs"

const LANGUAGES = { en, zh }

/**
 * @param {string} [locale] e.g. "en", "zh", "zh-TW", "fr": Chinese for zh and all that starts so, else English
 * @returns {Texts}
 */
export const textsFor = (locale = "en") => new Texts(/^zh\b/i.test(locale) ? "zh" : "en")

/** Words by key. They are plain text: to be shown as textContent, never as HTML. */
export class Texts {
  #words

  /** @param {"en"|"zh"} language */
  constructor(language) {
    this.language = language
    this.#words = LANGUAGES[language]
  }

  /** @param {string} key @returns {boolean} */
  has(key) {
    return Object.hasOwn(this.#words, key)
  }

  /**
   * @param {string} key
   * @param {Object<string, string|number>} [values] for the placeholders; numbers are rounded to three digits
   * @returns {string} the key itself where there are no words for it, so that nothing else fails
   */
  text(key, values = {}) {
    if (!this.has(key)) return key
    return this.#words[key].replace(/\{(\w+)\}/g, (all, name) => (name in values ? shown(values[name]) : all))
  }

  /** @param {string} name of a preset @returns {{label: string, size: string}} what amount 1 does */
  preset(name) {
    return { label: this.text(`preset.${name}`), size: this.text(`preset.${name}.size`) }
  }

  /** @param {[number, number]} frames first and last @returns {string} */
  frames([first, last]) {
    return this.text(first === last ? "frames.one" : "frames.many", { first, last })
  }

  /** @param {import("../tools/analysis.mjs").Warning} warning @returns {string} */
  warning({ code, frames, values }) {
    return this.text(`warning.${code}`, { ...values, frames: this.frames(frames) })
  }

  /**
   * @param {Error & {code?: string, values?: object}} error a refused edit, or any other
   * @returns {string} words for its code, else its own, which are English
   */
  problem(error) {
    const key = `refused.${error.code}`
    return this.has(key) ? this.text(key, error.values) : error.message
  }
}

function shown(value) {
  return typeof value === "number" && !Number.isInteger(value) ? `${Number(value.toPrecision(3))}` : `${value}`
}
