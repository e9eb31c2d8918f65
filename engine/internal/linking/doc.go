// Package linking makes one person of several login methods, and takes them apart
// again (CDI §2.6). Which of them may become one is the business of the recipe;
// that no two people share an identity is decided here.
//
// It owns no table, and is built on the kernel and on person.
package linking
