import { expect, it } from 'vitest';
import { compactScript, compactStyles } from './compact.ts';

it('drops comments, indentation and blanks of a script, and nothing that means something', () => {
  const script = `/** About. */
export   const a = { b: 1 }; // why

function f(x) {
  /* why
     not */
  return x - -1 + +x; /* so */ const y = x / 2;
}
const url = 'http://a  b', pattern = /\\/\\/ *"/g;
const text = \`  two
  // lines \${  a /* here */ }  \`;
let z = a
++z
`;
  expect(compactScript(script, (name) => name)).toBe(
    `
export const a={b:1};
function f(x){
return x - -1 + +x;const y=x / 2;
}
const url='http://a  b',pattern=/\\/\\/ *"/g;
const text=\`  two
  // lines \${ a }  \`;
let z=a
++z
`.trimStart(),
  );
});

it('renames the modules that a script imports, and nothing that only looks like an import', () => {
  const script = [
    `import { a } from "./a.ts";`,
    `import './b.ts';`,
    `export { c } from './c.ts';`,
    `const d = import('./d.ts');`,
    "const text = `import { e } from './e.ts';`, other = \"import './f.ts'\";",
    `const g = Array.from('g');`,
  ].join('\n');
  const found: [string, boolean][] = [];
  const served = compactScript(script, (name, isDynamic) => {
    found.push([name, isDynamic]);
    return `/${name}`;
  });
  expect(found).toEqual([
    ['./a.ts', false],
    ['./b.ts', false],
    ['./c.ts', false],
    ['./d.ts', true],
  ]);
  expect(served).toContain("const d=import('/./d.ts');");
  expect(served).toContain("import { e } from './e.ts';");
});

it('drops comments and indentation of a style sheet', () => {
  expect(compactStyles('/* why */\na {\n  color: red; /* so **/\n}\n')).toBe('a {\ncolor: red;\n}');
});
