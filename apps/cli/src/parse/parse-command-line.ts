/** What is known of a run of `m2fp parse`, from its command line on. */
import type { ParseOptions } from '@m2fp/contract';
import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import type { LazyParser } from './lazy-parser.ts';
import type { RunProgress } from './run-progress.ts';

export interface ParseCommandFlags {
  readonly out: string;
  readonly model: string;
  readonly json: boolean;
  readonly skipExisting: boolean;
  readonly photos: boolean;
  readonly threads: number;
}

export interface ParseCommandLine {
  readonly args: readonly string[];
  readonly flags: ParseCommandFlags;
  readonly command: Command;
  readonly context: CommandContext;
}

/** What a run has besides its photos and their place. */
export interface ParseRunParts extends ParseCommandLine {
  readonly options: ParseOptions;
  readonly parser: LazyParser;
  readonly progress: RunProgress;
}
