#include "generators/scalars.hpp"

namespace hadamard::gen {

template rc::Gen<Rational> integer<Rational>(int);
template rc::Gen<Rational> rational<Rational>();
template rc::Gen<Rational> positive_rational<Rational>();
template rc::Gen<Vector<Rational>> vector<Rational>(Index, const rc::Gen<Rational>&);
template rc::Gen<Vector<Rational>> vector<Rational>(Index);
template rc::Gen<Matrix<Rational>> matrix<Rational>(Index, Index, const rc::Gen<Rational>&);
template Rational draw<Rational>(const char*, const rc::Gen<Rational>&);
template Vector<Rational> draw<Vector<Rational>>(const char*, const rc::Gen<Vector<Rational>>&);
template Matrix<Rational> draw<Matrix<Rational>>(const char*, const rc::Gen<Matrix<Rational>>&);

template rc::Gen<Real<50>> integer<Real<50>>(int);
template rc::Gen<Real<50>> rational<Real<50>>();
template rc::Gen<Real<50>> positive_rational<Real<50>>();
template rc::Gen<Vector<Real<50>>> vector<Real<50>>(Index, const rc::Gen<Real<50>>&);
template rc::Gen<Vector<Real<50>>> vector<Real<50>>(Index);
template rc::Gen<Matrix<Real<50>>> matrix<Real<50>>(Index, Index, const rc::Gen<Real<50>>&);
template Real<50> draw<Real<50>>(const char*, const rc::Gen<Real<50>>&);
template Vector<Real<50>> draw<Vector<Real<50>>>(const char*, const rc::Gen<Vector<Real<50>>>&);
template Matrix<Real<50>> draw<Matrix<Real<50>>>(const char*, const rc::Gen<Matrix<Real<50>>>&);

}  // namespace hadamard::gen
