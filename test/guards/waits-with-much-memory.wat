;; Touches 20 MiB of memory, and asks its backend.

(data (i32.const 1024) "get\00")
(data (i32.const 1028) "{}\00")

(func (export "label_response") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (drop (memory.grow (i32.const 320)))
  (memory.fill (i32.const 65536) (i32.const 120) (i32.const 20971520))
  (drop (call $ask (i32.const 1024) (i32.const 1028) (i32.const 2048) (i32.const 4096)))
  (i32.const 0))
