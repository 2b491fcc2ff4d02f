;; Writes its answer, grows its memory, and spoils what lies behind the answer; the length comes last.

(func (export "label_resource") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (local $bytes i32)
  (local.set $bytes (call $answer_number (local.get $out) (i32.const 7)))
  (drop (memory.grow (i32.const 16)))
  (i32.store8 (i32.add (local.get $out) (local.get $bytes)) (i32.const 255))
  (local.get $bytes))
