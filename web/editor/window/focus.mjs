// The keys stay in the window while its user is in it.

/**
 * What has the focus may disappear or be disabled: the page behind would get the keys, and delete nodes.
 * @param {HTMLElement} root the window
 * @param {AbortSignal} signal ends it
 */
export function keepFocus(root, signal) {
  let isInside = true
  const remember = ({ target }) => { isInside = root.contains(target) }
  for (const type of ["focusin", "pointerdown"]) addEventListener(type, remember, { signal, capture: true })
  const check = () => {
    const { activeElement, body } = document
    if (isInside && (activeElement === body || activeElement?.disabled)) root.focus({ preventScroll: true })
  }
  // Later, because nothing has the focus while it moves from one field to the next.
  const changes = new MutationObserver(() => setTimeout(check))
  changes.observe(root, { childList: true, subtree: true, attributeFilter: ["disabled"] })
  signal.addEventListener("abort", () => changes.disconnect())
}
