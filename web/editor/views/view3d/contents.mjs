// Everything that stands in the 3D view, put where the store says.
import { positionOf } from "../../math/pose.mjs"
import { keyframePoses, sceneScale, sourceFrame, sourcePoses, targetPoses } from "../places.mjs"
import { shownEdges } from "../picture_edges.mjs"
import { Floor, Frustum, Path } from "./lines.mjs"
import { Marks } from "./marks.mjs"
import { PointCloud } from "./point_cloud.mjs"

// In nearest depths: what presets aim at, and the lengths of cameras.
const SUBJECT = [0, 0, 1]
const FRUSTUM_LENGTH = 0.3
const SOURCE_FRUSTUM_LENGTH = 0.24

/** Objects of one stage. */
export class Contents {
  constructor(stage) {
    this.stage = stage
    this.cloud = new PointCloud()
    this.sourcePath = new Path({ widthPx: 2 })
    this.targetPath = new Path({ widthPx: 3 })
    this.sourceFrustum = new Frustum({ widthPx: 1.5 })
    this.targetFrustum = new Frustum({ widthPx: 2 })
    this.floor = new Floor()
    this.marks = new Marks()
    this.parts = [
      ...[this.cloud, this.sourcePath, this.targetPath],
      ...[this.sourceFrustum, this.targetFrustum, this.floor, this.marks],
    ]
    stage.scene.add(...this.parts.map(({ object }) => object))
    this.keyframes = []
  }

  /** Everything but the points. */
  update(store, theme) {
    const [source, target] = [sourcePoses(store), targetPoses(store)]
    const edges = shownEdges(store)
    this.keyframes = keyframePoses(store)
    this.sourcePath.show(source.map(positionOf))
    this.targetPath.show(target.map(positionOf))
    this.sourceFrustum.show(source[sourceFrame(store)], edges.source, SOURCE_FRUSTUM_LENGTH)
    this.targetFrustum.show(target[store.frame], edges.target, FRUSTUM_LENGTH)
    this.floor.object.visible = !store.scene
    this.marks.show([
      ...(store.scene ? [] : [{ position: SUBJECT, colour: theme.pivot, sizePx: 12 }]),
      ...target.map((pose) => ({ position: positionOf(pose), colour: theme.target, sizePx: 6 })),
      ...this.keyframes.map((pose, i) => keyframeMark(pose, i === store.selection, theme)),
    ])
  }

  /** @param {object|null} points what framePoints gives */
  showPoints(points, store) {
    this.cloud.show(points, sceneScale(store))
  }

  setTheme({ source, target, border }) {
    this.floor.setColour(border)
    for (const part of [this.sourcePath, this.sourceFrustum]) part.setColour(source)
    for (const part of [this.targetPath, this.targetFrustum]) part.setColour(target)
  }

  /** After the stage has got another size. */
  resize() {
    const { pixelRatio, view } = this.stage
    this.cloud.resize(pixelRatio / view.pxAngle)
    this.marks.resize(pixelRatio)
  }

  dispose() {
    for (const part of this.parts) part.dispose()
  }
}

function keyframeMark(pose, isSelected, { target, selected }) {
  return { position: positionOf(pose), colour: isSelected ? selected : target, sizePx: isSelected ? 17 : 13 }
}
