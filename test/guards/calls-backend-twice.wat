;; Asks its backend twice, and answers with what that said the second time, of its resource and of its response.

(data (i32.const 1024) "get\00")
(data (i32.const 1028) "{\"what\":\"labels\"}\00")

(func (export "label_resource") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (drop (call $ask (i32.const 1024) (i32.const 1028) (local.get $out) (local.get $out_bytes)))
  (call $ask (i32.const 1024) (i32.const 1028) (local.get $out) (local.get $out_bytes)))

(func (export "label_response") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (drop (call $ask (i32.const 1024) (i32.const 1028) (local.get $out) (local.get $out_bytes)))
  (call $ask (i32.const 1024) (i32.const 1028) (local.get $out) (local.get $out_bytes)))
