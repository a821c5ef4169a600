#!/usr/bin/env node
process.env.ORT_DISABLE_TELEMETRY ??= '1';
await import('../src/main.ts');
