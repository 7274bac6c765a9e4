namespace Vaal.Data.Learning;

/// <summary>
/// Trains a task model on labelled images and tests it. A workspace asks it and knows nothing of networks;
/// <c>TaskLearner</c> in the package Vaal implements it with every task model.
/// </summary>
public interface ILearner
{
    /// <summary>Decides every random draw.</summary>
    long Seed { get; }

    /// <summary>The kind of labels that it learns from.</summary>
    LabelForm Labels { get; }

    /// <summary>Everything that decides the training beside the images and their labels, as a JSON object.</summary>
    string Options { get; }

    /// <summary>Every problem with the options, not only the first.</summary>
    IEnumerable<string> Problems();

    /// <summary>Why these labels are too few to learn from; null: they are enough.</summary>
    string? Problem(TrainRequest request);

    /// <summary>Trains, tests, and leaves the model in <c>models/</c> of the request's folder. Goes on where it was
    /// after a stop.</summary>
    TaskTest Train(TrainRequest request);
}
