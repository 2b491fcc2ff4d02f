;; Answers with how often this instance was asked; its label_response answers with something that is no JSON.

(global $calls (mut i32) (i32.const 0))
(data (i32.const 1024) "garbage {\00")

(func (export "label_resource") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
  (call $answer_number (local.get $out) (global.get $calls)))

(func (export "label_response") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
  (call $answer (local.get $out) (i32.const 1024)))
