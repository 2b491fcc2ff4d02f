;; Jumps through 32 MiB from one cache line to a far one, for ever.

(memory (export "memory") 512)

(func (export "label_response") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (local $at i32)
  (loop $for_ever
    (local.set $at
      (i32.and
        (i32.add
          (i32.add (i32.mul (local.get $at) (i32.const 1664525)) (i32.const 1013904223))
          (i32.load8_u (local.get $at)))
        (i32.const 0x1ffffff)))
    (br $for_ever))
  unreachable)
