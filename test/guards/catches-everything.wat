;; Catches whatever the host throws, and asks its backend again, for ever.

(data (i32.const 1024) "get\00")

(func (export "label_response") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (loop $for_ever
    (try
      (do
        (drop
          (call $call_backend
            (i32.const 1024) (i32.const 3) (i32.const 0) (i32.const 0) (local.get $out) (local.get $out_bytes))))
      (catch_all))
    (br $for_ever))
  unreachable)
