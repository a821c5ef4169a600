import { describeObjectStorage } from './conformance.ts';
import { createMemoryStorage } from './memory-storage.ts';

describeObjectStorage('memory storage', async () => createMemoryStorage());
