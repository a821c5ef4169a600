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
  expect(compactScript(script)).toBe(
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

it('drops comments and indentation of a style sheet', () => {
  expect(compactStyles('/* why */\na {\n  color: red; /* so **/\n}\n')).toBe('a {\ncolor: red;\n}');
});
