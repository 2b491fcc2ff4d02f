;; Asks its backend with a buffer of 4 bytes, then with the size that it was told: both are one backend call.

(data (i32.const 1024) "get\00")
(data (i32.const 1028) "{}\00")

(func (export "label_resource") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (if (i32.ne (call $ask (i32.const 1024) (i32.const 1028) (local.get $out) (i32.const 4)) (i32.const -2))
    (then unreachable))
  (call $ask (i32.const 1024) (i32.const 1028) (local.get $out) (i32.load (local.get $out))))
