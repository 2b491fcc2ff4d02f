;; Asks its backend for a script: six numbers for call_backend, then what is to lie at 8 MiB. Does that, and answers with what
;; it returned.

(memory (export "memory") 400)
(data (i32.const 1024) "script\00")
(data (i32.const 1032) "{}\00")

(func (export "label_resource") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (drop (call $ask (i32.const 1024) (i32.const 1032) (i32.const 8388584) (i32.const 12582912)))
  (call $answer_number
    (local.get $out)
    (call $call_backend
      (i32.load (i32.const 8388584)) (i32.load (i32.const 8388588))
      (i32.load (i32.const 8388592)) (i32.load (i32.const 8388596))
      (i32.load (i32.const 8388600)) (i32.load (i32.const 8388604)))))
