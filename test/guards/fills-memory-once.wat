;; Fills all of its memory with one instruction, up to the last byte, and answers with its pages.

(memory (export "memory") 512)

(func (export "label_resource") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (memory.fill (i32.const 65536) (i32.const 120) (i32.sub (i32.shl (memory.size) (i32.const 16)) (i32.const 65536)))
  (call $answer_number (local.get $out) (memory.size)))
