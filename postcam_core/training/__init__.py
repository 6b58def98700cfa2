"""Two-stage training: recipes, and a loop that goes on after a stop as if there had been none."""

from .recipes import RECIPES, Recipe, find_recipe

__all__ = ["RECIPES", "Recipe", "find_recipe"]
