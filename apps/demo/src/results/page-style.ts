/** The index page's style: light and dark by the system's setting, three pictures in a row where there is room. */
export const pageStyle = `
:root { --ground: #f6f6f4; --card: #fff; --ink: #1c1c1e; --quiet: #6a6a70; --line: #e2e2de; --bad: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #141416; --card: #1e1e21; --ink: #ececee; --quiet: #9b9ba3; --line: #323238; --bad: #ff8a80; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
header, main { max-width: 1500px; margin: 0 auto; padding: 0 clamp(12px, 3vw, 40px); }
header { padding-top: 32px; padding-bottom: 12px; }
h1 { margin: 0; font-size: 1.7rem; letter-spacing: -0.01em; }
header p { margin: 2px 0 0; color: var(--quiet); }
section { background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 18px; margin: 0 0 20px; }
h2 { margin: 0 0 12px; font-size: 1.05rem; overflow-wrap: anywhere; }
h2 span { margin-left: 8px; font-weight: 400; font-size: 0.9rem; color: var(--quiet); }
.pictures { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 12px; }
figure { margin: 0; }
figure a { display: block; }
img { display: block; width: 100%; height: auto; border-radius: 8px; background: var(--line); }
figcaption { margin-top: 4px; font-size: 0.8rem; color: var(--quiet); }
.legend { display: flex; flex-wrap: wrap; gap: 6px; list-style: none; margin: 14px 0 0; padding: 0; font-size: 0.88rem; }
.legend li { display: flex; align-items: center; gap: 7px; border: 1px solid var(--line); border-radius: 99px; padding: 2px 11px 2px 8px; }
.legend i { width: 13px; height: 13px; border-radius: 4px; border: 1px solid rgb(128 128 128 / 45%); }
small { color: var(--quiet); }
.files { margin: 12px 0 0; font-size: 0.85rem; }
.files a { color: var(--quiet); margin-right: 12px; }
.note { color: var(--quiet); margin: 14px 0 0; }
header .note { color: var(--bad); margin: 6px 0 0; }
.failed { border-color: var(--bad); }
.failed p { margin: 0; overflow-wrap: anywhere; }
.failed code { color: var(--bad); margin-right: 8px; }
@media (max-width: 760px) { .pictures { grid-template-columns: minmax(0, 1fr); } }
`;
