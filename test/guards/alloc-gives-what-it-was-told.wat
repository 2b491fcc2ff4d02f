;; label_resource is told a pointer, which is what alloc gives for the next input. The output gets one that is 2 MiB further.

(memory (export "memory") 160)
(global $pointer (mut i32) (i32.const 0))
(global $was_told (mut i32) (i32.const 0))

(func (export "alloc") (param $bytes i32) (result i32)
  (local $pointer i32)
  (if (i32.eqz (global.get $was_told)) (then (return (call $allocate (local.get $bytes)))))
  (local.set $pointer (global.get $pointer))
  (global.set $pointer (i32.add (local.get $pointer) (i32.const 0x200000)))
  (local.get $pointer))

(func (export "label_resource") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (global.set $was_told (i32.const 1))
  (global.set $pointer (call $number_asked (local.get $in)))
  (call $answer_public (local.get $out)))
