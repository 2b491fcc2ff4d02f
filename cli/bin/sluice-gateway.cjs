#!/usr/bin/env node
require('./require-node.cjs');

import('../../dist/gateway/main.js');
