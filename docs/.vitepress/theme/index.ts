/** VitePress's own theme, in the project's colors, with a menu of versions. */
import type { Theme } from 'vitepress';
import DefaultTheme from 'vitepress/theme';
import { VersionMenu } from './version-menu.ts';
import './style.css';

export default {
  extends: DefaultTheme,
  enhanceApp: ({ app }) => {
    app.component('VersionMenu', VersionMenu);
  },
} satisfies Theme;
