"""The storybook world in full: scenes, their pictures, their captions, and stories made of them.

It stands beside the world of the shipped model until that model is trained anew on this one.
"""
