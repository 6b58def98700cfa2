// What the node's shot does to its preset: the twin of with_shot in postcam_core/trajectory/shots.py.

export const NO_SHOT = "as normal"

const frozen = (source) => [0, 1].map((time) => ({ time, source }))

const FIELDS = {
  "bullet time": (freezeAt) => ({ timing: frozen(freezeAt) }),
  "bullet time from there": (freezeAt) => ({ timing: frozen(freezeAt), relative_to: "source_camera" }),
  reverse: () => ({ timing: [{ time: 0, source: 1 }, { time: 1, source: 0 }] }),
  "slow down": () => ({ timing: [{ time: 0, source: 0 }, { time: 1, source: 1 }] }),
  "follow the source": () => ({ relative_to: "source_camera" }),
  stabilise: () => ({ relative_to: "smoothed_source" }),
}

/**
 * @param {string} shot one of the node's; the first, NO_SHOT, changes nothing
 * @param {number} freezeAt for bullet time: the frozen moment, 0 to 1
 * @returns {object} fields of the document beside the preset's path
 */
export const shotFields = (shot, freezeAt) => FIELDS[shot]?.(freezeAt) ?? {}
