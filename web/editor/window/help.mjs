// What the keys do, on a card.
import { make } from "./elements.mjs"

const KEYS = [
  ["Space", "play"], ["← →", "step"], ["Home End", "ends"], ["K", "key"], ["Del", "delete"], ["Ctrl Z / Ctrl Y", "undo"],
  ["Ctrl C / Ctrl V", "copy"], ["W A S D Q E", "fly"], ["?", "help"], ["Esc", "close"],
]

/** Show the card, or take it away. */
export function toggleHelp(root, t) {
  const shown = root.querySelector(".pc-help")
  if (shown) return shown.remove()
  const rows = KEYS.flatMap(([keys, action]) => [make("dt", { text: keys }), make("dd", { text: t(`help.${action}`) })])
  return root.append(make("section", { class: "pc-help", "aria-label": t("window.help") },
    make("h3", { text: t("window.help") }), make("dl", {}, ...rows)))
}
