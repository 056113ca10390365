// bpmn-js with what Ringback draws: without its own palette and pad, which offer what no run can do.
import BaseModeler from "bpmn-js/lib/BaseModeler"
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer"
import AutoPlace from "bpmn-js/lib/features/auto-place"
import AutoResize from "bpmn-js/lib/features/auto-resize"
import CopyPaste from "bpmn-js/lib/features/copy-paste"
import GridSnapping from "bpmn-js/lib/features/grid-snapping"
import InteractionEvents from "bpmn-js/lib/features/interaction-events"
import Keyboard from "bpmn-js/lib/features/keyboard"
import LabelEditing from "bpmn-js/lib/features/label-editing"
import Modeling from "bpmn-js/lib/features/modeling"
import Outline from "bpmn-js/lib/features/outline"
import Replace from "bpmn-js/lib/features/replace"
import Snapping from "bpmn-js/lib/features/snapping"
import EditorActions from "bpmn-js/lib/features/editor-actions"
import AutoScroll from "diagram-js/lib/features/auto-scroll"
import Bendpoints from "diagram-js/lib/features/bendpoints"
import Connect from "diagram-js/lib/features/connect"
import ConnectionPreview from "diagram-js/lib/features/connection-preview"
import ContextPad from "diagram-js/lib/features/context-pad"
import Create from "diagram-js/lib/features/create"
import KeyboardMoveSelection from "diagram-js/lib/features/keyboard-move-selection"
import Move from "diagram-js/lib/features/move"
import Resize from "diagram-js/lib/features/resize"
import { pad } from "./pad.js"

export class Modeler extends BaseModeler {
  get _modules() {
    return [
      ...NavigatedViewer.prototype._modules, AutoPlace, AutoResize, AutoScroll, Bendpoints, Connect, ConnectionPreview,
      ContextPad, CopyPaste, Create, EditorActions, GridSnapping, InteractionEvents, Keyboard, KeyboardMoveSelection,
      LabelEditing, Modeling, Move, Outline, Replace, Resize, Snapping, pad,
    ]
  }
}
