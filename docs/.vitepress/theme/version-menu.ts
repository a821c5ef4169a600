/** Which version these pages describe, and, where others are served too, the way to them. */
import { useData } from 'vitepress';
import { defineComponent, h, onMounted, ref } from 'vue';

/** What the site's configuration tells this menu. */
export interface VersionTheme {
  readonly version: {
    readonly current: string;
    /** The address of the list of versions, if several are served. */
    readonly list: string | undefined;
  };
}

/** An entry of the list that `publish.ts` writes. */
interface Version {
  readonly name: string;
  /** The path of its home page. */
  readonly path: string;
}

export const VersionMenu = defineComponent({
  setup() {
    const { theme } = useData<VersionTheme>();
    const versions = ref<readonly Version[]>([]);

    onMounted(async () => {
      const { list } = theme.value.version;
      if (list === undefined) return;
      // Without the list, which is only a convenience, the menu has this version.
      const answer = await fetch(list).catch(() => undefined);
      if (answer?.ok === true) versions.value = (await answer.json()) as Version[];
    });

    return () => {
      const { current } = theme.value.version;
      if (versions.value.length < 2) return h('span', { class: 'version' }, current);
      const options = versions.value.map(({ name, path }) =>
        h('option', { value: path, selected: name === current }, name),
      );
      const onChange = (event: Event): void => {
        window.location.href = (event.target as HTMLSelectElement).value;
      };
      return h('select', { class: 'version', 'aria-label': 'Version', onChange }, options);
    };
  },
});
