;; Answers with something that is no JSON.

(data (i32.const 1024) "garbage {\00")

(func (export "label_response") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (call $answer (local.get $out) (i32.const 1024)))
