;; Once it was asked, its allocator traps.

(global $was_asked (mut i32) (i32.const 0))

(func (export "alloc") (param $bytes i32) (result i32)
  (if (global.get $was_asked) (then unreachable))
  (call $allocate (local.get $bytes)))

(func (export "label_resource") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (global.set $was_asked (i32.const 1))
  (call $answer_public (local.get $out)))
