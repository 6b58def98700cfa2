// Words of the 3D view and of the plan views.

const en = {
  view3d: "3D view: drag to turn, with Shift to slide, scroll to zoom",
  plan: "Plan view: drag to slide, scroll to zoom",
  closer: "Closer (+)",
  farther: "Farther (−)",
  fit: "Show everything (F)",
  turnView: "Drag turns the view",
  slideView: "Drag slides the view",
  moveKey: "Move the keyframe (M)",
  turnKey: "Turn the keyframe (R)",
  ownAxes: "Along the camera's own axes (L)",
  draw: "Draw the path by hand (D)",
  top: "From above",
  side: "From the side",
  graphicsLost: "The graphics card was lost. The view comes back when the browser restores it.",
  pointsFailed: "The scene's points could not be loaded.",
  nearestDepths: "{length} × nearest depth",
}

const zh = {
  view3d: "三维视图：拖动旋转，按住 Shift 拖动平移，滚轮缩放",
  plan: "平面视图：拖动平移，滚轮缩放",
  closer: "拉近（+）",
  farther: "拉远（−）",
  fit: "显示全部（F）",
  turnView: "拖动旋转视图",
  slideView: "拖动平移视图",
  moveKey: "移动关键帧（M）",
  turnKey: "旋转关键帧（R）",
  ownAxes: "沿相机自身的轴（L）",
  draw: "手绘路径（D）",
  top: "俯视",
  side: "侧视",
  graphicsLost: "显卡连接已断开。浏览器恢复后视图会重新显示。",
  pointsFailed: "无法加载场景的点云。",
  nearestDepths: "{length} × 最近深度",
}

/** By language; both hold the same names. */
export const VIEW_TEXTS = { en, zh }
