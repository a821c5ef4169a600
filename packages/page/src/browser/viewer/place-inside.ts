/** Puts a node at a place in its parent, or as near to it as it is whole there. */
export function placeInside(node: HTMLElement, x: number, y: number): void {
  const { clientWidth = 0, clientHeight = 0 } = node.parentElement ?? {};
  const left = Math.max(4, Math.min(x, clientWidth - node.offsetWidth - 4));
  const top = Math.max(4, Math.min(y, clientHeight - node.offsetHeight - 4));
  node.style.translate = `${left}px ${top}px`;
}
