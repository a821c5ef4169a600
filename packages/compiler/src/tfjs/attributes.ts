/** Reading a node's attributes by type. A missing one falls back to the default given, or throws. */
import type { TfNode } from './graph-model.ts';

export function intsAttribute(node: TfNode, name: string, fallback?: readonly number[]): number[] {
  const found = node.attr[name]?.list;
  if (found) return (found.i ?? []).map(Number);
  return [...given(node, name, fallback)];
}

export function intAttribute(node: TfNode, name: string, fallback?: number): number {
  const found = node.attr[name]?.i;
  return found === undefined ? given(node, name, fallback) : Number(found);
}

export function floatAttribute(node: TfNode, name: string, fallback?: number): number {
  return node.attr[name]?.f ?? given(node, name, fallback);
}

/** An attribute that is false is often not written at all. */
export function boolAttribute(node: TfNode, name: string): boolean {
  return node.attr[name]?.b ?? false;
}

export function stringAttribute(node: TfNode, name: string, fallback?: string): string {
  const found = node.attr[name]?.s;
  return found === undefined ? given(node, name, fallback) : decodeBase64(found);
}

export function stringsAttribute(node: TfNode, name: string): string[] {
  return (node.attr[name]?.list?.s ?? []).map(decodeBase64);
}

function decodeBase64(text: string): string {
  return Buffer.from(text, 'base64').toString('utf8');
}

function given<T>(node: TfNode, name: string, fallback: T | undefined): T {
  if (fallback === undefined) throw new Error(`${node.op} ${node.name} has no attribute ${name}.`);
  return fallback;
}
