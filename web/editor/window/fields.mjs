// Labelled inputs of the inspector. Each shows a value of the document and writes it back; none keeps one of its own.
import { make } from "./elements.mjs"

let numFields = 0

/**
 * A number with its unit. What is typed counts on Enter or on leaving the field.
 * @param {string} label
 * @param {number} value
 * @param {(value: number) => void} onChange with finite numbers only
 * @param {{unit?: string, step?: number, min?: number, max?: number, digits?: number}} options
 */
export function numberField(label, value, onChange, { unit = "", step = 0.1, min = null, max = null, digits = 4 } = {}) {
  const shown = Number(value.toFixed(digits))
  const input = make("input", {
    type: "number", value: shown, step, min, max,
    on: {
      change: () => {
        const typed = input.valueAsNumber
        if (Number.isFinite(typed) && typed !== shown) onChange(typed)
        else input.value = shown
      },
    },
  })
  return labelled(label, input, unit)
}

/**
 * A choice.
 * @param {string} label
 * @param {string} value
 * @param {[string, string][]} options value and text of each
 * @param {(value: string) => void} onChange
 */
export function choiceField(label, value, options, onChange) {
  const select = make("select", { on: { change: () => onChange(select.value) } })
  for (const [option, text] of options) select.append(make("option", { value: option, text }))
  select.value = value
  return labelled(label, select)
}

/**
 * A line of text.
 * @param {string} label
 * @param {string} value
 * @param {(value: string) => void} onChange
 */
export function textField(label, value, onChange) {
  const input = make("input", { type: "text", maxlength: 200, on: { change: () => onChange(input.value) } })
  input.value = value
  return labelled(label, input)
}

function labelled(label, control, unit = "") {
  control.id = `postcam-field-${(numFields += 1)}`
  return make(
    "div", { class: "pc-field" },
    make("label", { for: control.id, text: label }), control, make("span", { class: "pc-unit", text: unit }),
  )
}
