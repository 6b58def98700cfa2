// Every edit: (…arguments) => (document) => document. See document_edits.mjs for what they have in common.

export { bakeToKeyframes } from "./bake.mjs"
export { choosePreset, setAmount, setAround, setName, setPace, setRelativeTo } from "./document_edits.mjs"
export {
  addKeyframe,
  deleteKeyframes,
  moveKeyframe,
  pasteKeyframes,
  setKeyframes,
  updateKeyframe,
} from "./keyframe_edits.mjs"
export { mirror } from "./mirror.mjs"
export { reverse } from "./reverse.mjs"
export { scale } from "./scale.mjs"
export { appendSegment, deleteSegment, updateSegment } from "./segment_edits.mjs"
export { clearTiming, freeze, reverseTime, setTiming } from "./timing_edits.mjs"
