;; Reads and writes the first and the last bytes of its memory, and answers with what it finds.

(func (export "label_resource") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (local $last i32)
  (local.set $last (i32.sub (i32.shl (memory.size) (i32.const 16)) (i32.const 8)))
  (i64.store (local.get $last) (i64.const 7))
  (drop (i64.load (i32.const 0)))
  (memory.fill (i32.shl (memory.size) (i32.const 16)) (i32.const 1) (i32.const 0))
  (call $answer_number (local.get $out) (i32.wrap_i64 (i64.load (local.get $last)))))
