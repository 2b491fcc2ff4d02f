#!/usr/bin/env node
require('./require-node.cjs');

import('../../dist/sidecar/main.js');
