"""All that is true only of Warta Ekonomi: addresses, menu, lists, templates."""
