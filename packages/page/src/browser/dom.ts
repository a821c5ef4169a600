type Child = Node | string | undefined;
type Properties = Record<string, string | number | boolean | undefined | ((event: Event) => void)>;

/**
 * An element with attributes, `onevent` listeners and children. Strings become text nodes, so nothing that comes from a
 * photo's name or the server is ever parsed as HTML.
 */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Properties = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === false) continue;
    if (typeof value === 'function') node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : String(value));
  }
  node.append(...children.filter((child) => child !== undefined));
  return node;
}
