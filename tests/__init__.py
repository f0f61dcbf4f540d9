"""Tests of nb2pkg. Data first: tables with ids, and notebooks written out with build.py."""
