/** The home page's head. What is below it is docs/README.md, which a code host shows for the folder. */
export const home = {
  layout: 'home',
  hero: {
    name: 'm2fp-parsing',
    text: 'Which pixel is hair, face, coat or left arm, and whose',
    tagline: 'Human parsing as a service, on ordinary CPU machines, without Python.',
    actions: [
      { theme: 'brand', text: 'Get started', link: '/start/http' },
      { theme: 'alt', text: 'How it compares', link: '/comparison' },
    ],
  },
};

/** What a browser's tab says. */
export const titles = { title: 'm2fp-parsing', titleTemplate: 'human parsing as a service' };
