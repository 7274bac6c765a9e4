namespace Vaal.Training;

/// <summary>A loss became NaN or infinite: the training is worthless from there on. The message names the step and the
/// options.</summary>
internal sealed class DivergedException(string message) : InputException(message);
