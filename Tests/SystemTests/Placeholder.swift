// Placeholder so that the package builds before this group has its tests.
