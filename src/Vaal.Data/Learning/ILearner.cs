namespace Vaal.Data.Learning;

/// <summary>
/// Trains a task model on labelled images and tests it. A workspace asks it and knows nothing of networks;
/// <c>TaskLearner</c> in the package Vaal implements it with every task model.
/// </summary>
public interface ILearner
{
    /// <summary>Decides every random draw.</summary>
    internal long Seed { get; }

    /// <summary>The kind of labels that it learns from.</summary>
    internal LabelForm Labels { get; }

    /// <summary>Everything that decides the training beside the images and their labels, as a JSON object.</summary>
    internal string Options { get; }

    /// <summary>Every problem with the options, not only the first.</summary>
    internal IEnumerable<string> Problems();

    /// <summary>Why these labels are too few to learn from; null: they are enough.</summary>
    internal string? Problem(TrainRequest request);

    /// <summary>Trains, tests, and leaves the model in <c>models/</c> of the request's folder. Goes on where it was
    /// after a stop.</summary>
    internal TaskTest Train(TrainRequest request);
}
