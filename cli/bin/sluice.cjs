#!/usr/bin/env node
require('./require-node.cjs');

import('../../dist/cli/main.js');
