;; Calls itself as deep as the tool's number says. At the bottom it logs, writes and asks its backend, and answers with what
;; that returned.

(data (i32.const 1024) "get\00")
(data (i32.const 1028) "{}\00")
(data (i32.const 1032) "at the bottom\00")
(data (i32.const 1048) "\08\04\00\00\0d\00\00\00")

(func $descend (param $levels i32) (result i32)
  (if (result i32) (local.get $levels)
    (then (i32.add (call $descend (i32.sub (local.get $levels) (i32.const 1))) (i32.const 0)))
    (else
      (call $say (i32.const 0) (i32.const 1032))
      (drop (call $fd_write (i32.const 1) (i32.const 1048) (i32.const 1) (i32.const 1056)))
      (call $ask (i32.const 1024) (i32.const 1028) (i32.const 2048) (i32.const 4096)))))

(func (export "label_resource") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (call $answer_number (local.get $out) (call $descend (call $number_asked (local.get $in)))))
